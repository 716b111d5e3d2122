-- +goose Up

-- What is printed on an invoice besides its number, reference and customer: its
-- lines and its message, so that a search finds it by any of their words.
alter table invoice add column printed text not null default '';

-- The words of printed, without the texts, one for the connection among them, and the invoices that they stand on:
-- rowids of invoice itself may change when the file is vacuumed.
create virtual table printed_words using fts5(
    printed, content = '', contentless_delete = 1, detail = none, columnsize = 1, tokenize = "unicode61 remove_diacritics 2"
);
create table printed_words_owner (
    n          integer primary key,
    tenant     text not null,
    connection text not null,
    invoice    text not null,
    unique (tenant, connection, invoice)
);

-- The program writes them page by page; what is removed takes its words along.
-- +goose StatementBegin
create trigger invoice_printed_gone after delete on invoice when old.printed <> '' begin
    delete from printed_words where rowid = (
        select n from printed_words_owner where tenant = old.tenant and connection = old.connection and invoice = old.id);
    delete from printed_words_owner where tenant = old.tenant and connection = old.connection and invoice = old.id;
end;
-- +goose StatementEnd

-- What was read before. A version that is read anew is folded by the program.
update invoice set printed = lower(coalesce(json_extract(doc, '$.memo'), '') || ' ' || coalesce(
    (select group_concat(json_extract(l.value, '$.description'), ' ') from json_each(invoice.doc, '$.lines') l), ''))
where json_extract(doc, '$.memo') <> '' or json_array_length(doc, '$.lines') > 0;
insert into printed_words_owner (tenant, connection, invoice) select tenant, connection, id from invoice where printed <> '';
insert into printed_words (rowid, printed)
select o.n, 'c' || lower(hex(o.tenant || '/' || o.connection)) || ' ' || i.printed from printed_words_owner o join invoice i on i.tenant = o.tenant and i.connection = o.connection and i.id = o.invoice;

-- +goose Down
drop trigger invoice_printed_gone;
drop table printed_words_owner;
drop table printed_words;
alter table invoice drop column printed;
