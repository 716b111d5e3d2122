-- +goose Up

-- Customers that an open invoice names and who are not known, or were: kept where
-- invoices and customers are written, so that nobody looks through all open
-- invoices. Some of them may be known by now, or owe nothing any more; whoever
-- reads it looks at each.
create table unknown_customer (
    tenant     text not null,
    connection text not null,
    id         text not null,
    primary key (tenant, connection, id)
);

insert into unknown_customer
select distinct i.tenant, i.connection, i.customer from invoice i
where i.balance <> 0 and not exists (select 1 from customer c where c.tenant = i.tenant and c.connection = i.connection and c.id = i.customer and not c.deleted);

-- What waits for a person is a handful among all that was ever asked.
create index decision_open on decision (tenant, book, opened_at, id) where closed_at is null and answer = '';

-- Text is compared byte by byte, as SQLite does. Some columns were already and
-- others were not, and where two such are compared, PostgreSQL goes along no
-- index of the other: it read all versions for a thousand of them. Columns of
-- later migrations say collate "C" themselves; a test looks.
-- +goose StatementBegin
do $$
declare statement text;
begin
    for statement in
        select format('alter table %I ', c.relname) || string_agg(format('alter column %I type text collate "C"', a.attname), ', ')
        from pg_attribute a join pg_class c on c.oid = a.attrelid
        where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
            and a.atttypid = 'text'::regtype and a.attcollation = 'default'::regcollation and c.relname not like 'river%'
        group by c.relname order by c.relname
    loop
        execute statement;
    end loop;
end
$$;
-- +goose StatementEnd
analyze;

-- +goose Down
-- How text is compared stays: earlier versions ask for nothing else.
drop index decision_open;
drop table unknown_customer;
