-- +goose Up

-- The bank of a currency answers no longer for accounts that nobody has seen:
-- those that payouts went to so far keep the bank that they had by it. Cards and
-- financial accounts never had one by it.
update book set accounts = json_patch(accounts, (
    select json_object('banks', json_group_object(d.destination, c.value))
    from (
        select distinct p.destination, p.currency
        from book_source s
        join payout p on p.tenant = s.tenant and p.connection = s.connection
        where s.tenant = book.tenant and s.book = book.id and not p.deleted and p.destination <> ''
            and substr(p.destination, 1, 5) <> 'card_' and substr(p.destination, 1, 3) <> 'fa_'
    ) d
    join json_each(book.accounts, '$.banks') c on c.key = '*' || d.currency and c.value <> ''
    where not exists (select 1 from json_each(book.accounts, '$.banks') x where x.key = d.destination and x.value <> '')
)) where json_type(accounts, '$.banks') = 'object';

-- +goose Down

-- A bank that stands by its destination is the same to earlier versions.
select 1;
