-- +goose Up

-- What is printed on an invoice besides its number, reference and customer: its
-- lines and its message, so that a search finds it by any of their words.
alter table invoice add column printed text collate "C" not null default '';

-- What was read before. A version that is read anew is folded by the program.
update invoice set printed = lower(coalesce(doc ->> 'memo', '') || ' ' || coalesce(
    (select string_agg(l ->> 'description', ' ') from jsonb_array_elements(case jsonb_typeof(doc -> 'lines') when 'array' then doc -> 'lines' else '[]' end) l), ''))
where doc ->> 'memo' <> '' or jsonb_typeof(doc -> 'lines') = 'array';

create index invoice_printed on invoice using gin (to_tsvector('simple', printed)) where printed <> '';

-- +goose Down
drop index invoice_printed;
alter table invoice drop column printed;
