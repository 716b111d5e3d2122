-- +goose Up

-- The bank of a currency answers no longer for accounts that nobody has seen:
-- those that payouts went to so far keep the bank that they had by it. Cards and
-- financial accounts never had one by it.
update book set accounts = jsonb_set(book.accounts, '{banks}', (book.accounts -> 'banks') || known.banks)
from (
    select b.tenant, b.id, jsonb_object_agg(p.destination, c.value) as banks
    from book b
    join book_source s on s.tenant = b.tenant and s.book = b.id
    join payout p on p.tenant = s.tenant and p.connection = s.connection
    cross join lateral jsonb_each_text(case jsonb_typeof(b.accounts -> 'banks') when 'object' then b.accounts -> 'banks' else '{}' end) c
    where not p.deleted and p.destination <> '' and substr(p.destination, 1, 5) <> 'card_' and substr(p.destination, 1, 3) <> 'fa_'
        and c.key = '*' || p.currency and c.value <> '' and coalesce(b.accounts -> 'banks' ->> p.destination, '') = ''
    group by b.tenant, b.id
) known
where known.tenant = book.tenant and known.id = book.id;

-- +goose Down

-- A bank that stands by its destination is the same to earlier versions.
select 1;
