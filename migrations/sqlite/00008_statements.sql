-- +goose Up

-- How a bank writes its CSV files, as a person has confirmed it.
create table column_map (
    tenant   text not null,
    name     text not null,
    doc      text not null,
    made_by  text not null,
    made_at  text not null,
    primary key (tenant, name)
) without rowid;

-- What was imported: one row for each statement of a file.
create table statement (
    tenant      text not null,
    book        text not null,
    id          text not null,
    account     text not null,
    format      text not null,
    number      text not null,
    currency    text not null,
    period_from text,
    period_to   text,
    opening     bigint,
    closing     bigint,
    hash        text not null,
    made_by     text not null,
    made_at     text not null,
    primary key (tenant, book, id)
) without rowid;
create index statement_account on statement (tenant, book, account, period_to);

-- Each line once, whatever statements it stands in: the first counts. An empty
-- meaning is one that nobody has looked for yet; a name in decided_by makes it
-- a person's, which no matching changes.
create table statement_line (
    tenant     text not null,
    book       text not null,
    account    text not null,
    id         text not null,
    statement  text not null,
    ord        bigint not null,
    dated      text not null,
    amount     bigint not null,
    currency   text not null,
    meaning    text not null,
    sure       boolean not null,
    payout     text not null,
    doc        text not null,
    finding    text,
    decided_by text not null,
    decided_at text,
    primary key (tenant, book, account, id)
) without rowid;
create index statement_line_dated on statement_line (tenant, book, account, dated);
create index statement_line_payout on statement_line (tenant, book, payout) where payout <> '';

-- What was learned from people's confirmations.
create table payer_rule (
    tenant   text not null,
    book     text not null,
    id       text not null,
    kind     text not null,
    lookup   text not null,
    customer text not null,
    line     text not null,
    doc      text not null,
    primary key (tenant, book, id)
) without rowid;
create index payer_rule_line on payer_rule (tenant, book, line);

-- +goose Down
drop table payer_rule;
drop table statement_line;
drop table statement;
drop table column_map;
