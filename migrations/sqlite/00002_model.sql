-- +goose Up

-- What the vendors said. Versions and raw bodies are only ever appended; the
-- tables after them are a projection of the newest version of each object,
-- with the columns that queries need beside the whole value. There are no
-- foreign keys between vendor objects: a page may name what a later one brings.
-- Tables of small rows are kept in the order of their key alone (without rowid):
-- one tree to write instead of two.

create table version (
    tenant      text not null,
    connection  text not null,
    kind        text not null,
    external_id text not null,
    seq         bigint not null,
    ord         bigint not null,
    changed_at  text,
    recorded_at text not null,
    deleted     boolean not null,
    rejected    boolean not null,
    hash        blob not null,
    primary key (tenant, connection, kind, external_id, seq)
) without rowid;

create table raw (
    tenant      text not null,
    connection  text not null,
    kind        text not null,
    external_id text not null,
    seq         bigint not null,
    body        blob not null,
    primary key (tenant, connection, kind, external_id, seq)
);

-- The newest rejected body of an object; closed once a later one was accepted.
create table rejection (
    tenant      text not null,
    connection  text not null,
    kind        text not null,
    external_id text not null,
    ord         bigint not null,
    seq         bigint not null,
    hash        blob not null,
    closed      boolean not null,
    primary key (tenant, connection, kind, external_id)
);

create table customer (
    tenant     text not null,
    connection text not null,
    id         text not null,
    ord        bigint not null,
    seq        bigint not null,
    hash       blob not null,
    deleted    boolean not null,
    parent     text not null,
    active     boolean not null,
    currency   text not null,
    balance    bigint,
    doc        text not null,
    primary key (tenant, connection, id)
);
create index customer_parent on customer (tenant, connection, parent) where parent <> '';

-- What a customer can be found by: kind is 'name' or 'email'.
create table customer_key (
    tenant     text not null,
    connection text not null,
    kind       text not null,
    lookup     text not null,
    customer   text not null,
    primary key (tenant, connection, customer, kind, lookup)
) without rowid;
create index customer_key_lookup on customer_key (tenant, connection, kind, lookup);

create table payer (
    tenant     text not null,
    connection text not null,
    id         text not null,
    ord        bigint not null,
    seq        bigint not null,
    hash       blob not null,
    deleted    boolean not null,
    doc        text not null,
    primary key (tenant, connection, id)
);

create table account (
    tenant     text not null,
    connection text not null,
    id         text not null,
    ord        bigint not null,
    seq        bigint not null,
    hash       blob not null,
    deleted    boolean not null,
    use        text not null,
    currency   text not null,
    doc        text not null,
    primary key (tenant, connection, id)
);

create table invoice (
    tenant       text not null,
    connection   text not null,
    id           text not null,
    ord          bigint not null,
    seq          bigint not null,
    hash         blob not null,
    deleted      boolean not null,
    customer     text not null,
    number_key   text not null,
    state        text not null,
    currency     text not null,
    issued       text,
    due          text,
    total        bigint not null,
    balance      bigint not null,
    deposit      bigint not null,
    paid         bigint,
    credited     bigint,
    home_balance bigint not null,
    link         text not null,
    link_visible boolean not null,
    doc          text not null,
    primary key (tenant, connection, id)
);
create index invoice_number on invoice (tenant, connection, number_key) where number_key <> '';
create index invoice_customer on invoice (tenant, connection, customer) where balance <> 0;
create index invoice_balance on invoice (tenant, connection, currency, balance) where balance <> 0;
create index invoice_open on invoice (tenant, connection, id) where balance <> 0;

create table credit (
    tenant         text not null,
    connection     text not null,
    id             text not null,
    ord            bigint not null,
    seq            bigint not null,
    hash           blob not null,
    deleted        boolean not null,
    type           text not null,
    customer       text not null,
    state          text not null,
    currency       text not null,
    issued         text,
    total          bigint not null,
    remaining      bigint not null,
    home_remaining bigint not null,
    marker         text not null,
    doc            text not null,
    primary key (tenant, connection, id)
);
create index credit_marker on credit (tenant, connection, marker) where marker <> '';
create index credit_open on credit (tenant, connection, customer) where remaining <> 0;

create table receipt (
    tenant         text not null,
    connection     text not null,
    id             text not null,
    ord            bigint not null,
    seq            bigint not null,
    hash           blob not null,
    deleted        boolean not null,
    customer       text not null,
    state          text not null,
    currency       text not null,
    dated          text,
    total          bigint not null,
    unapplied      bigint not null,
    home_unapplied bigint not null,
    account        text not null,
    marker         text not null,
    doc            text not null,
    primary key (tenant, connection, id)
);
create index receipt_customer on receipt (tenant, connection, customer, dated);
create index receipt_marker on receipt (tenant, connection, marker) where marker <> '';
create index receipt_open on receipt (tenant, connection, customer) where unapplied <> 0;

create table document (
    tenant     text not null,
    connection text not null,
    id         text not null,
    ord        bigint not null,
    seq        bigint not null,
    hash       blob not null,
    deleted    boolean not null,
    type       text not null,
    customer   text not null,
    state      text not null,
    currency   text not null,
    dated      text,
    total      bigint not null,
    marker     text not null,
    doc        text not null,
    primary key (tenant, connection, id)
);
create index document_marker on document (tenant, connection, marker) where marker <> '';

-- What ledger documents, receipts and prepaid credits do to accounts.
create table posting (
    tenant     text not null,
    connection text not null,
    kind       text not null,
    id         text not null,
    line       bigint not null,
    account    text not null,
    customer   text not null,
    amount     bigint not null,
    currency   text not null,
    dated      text,
    live       boolean not null,
    primary key (tenant, connection, kind, id, line)
) without rowid;
create index posting_account on posting (tenant, connection, account, dated);

-- Which receipt or credit is applied to what, as the ledger says.
create table ledger_allocation (
    tenant      text not null,
    connection  text not null,
    kind        text not null,
    id          text not null,
    line        bigint not null,
    target_kind text not null,
    target      text not null,
    amount      bigint not null,
    live        boolean not null,
    primary key (tenant, connection, kind, id, line)
) without rowid;
create index ledger_allocation_target on ledger_allocation (tenant, connection, target_kind, target);

create table charge (
    tenant           text not null,
    connection       text not null,
    id               text not null,
    ord              bigint not null,
    seq              bigint not null,
    hash             blob not null,
    deleted          boolean not null,
    payer            text not null,
    payment_intent   text not null,
    movement         text not null,
    failure_movement text not null,
    amount           bigint not null,
    currency         text not null,
    status           text not null,
    created          text,
    doc              text not null,
    primary key (tenant, connection, id)
);
create index charge_payer on charge (tenant, connection, payer) where payer <> '';
create index charge_intent on charge (tenant, connection, payment_intent) where payment_intent <> '';
create index charge_movement on charge (tenant, connection, movement) where movement <> '';
create index charge_failure on charge (tenant, connection, failure_movement) where failure_movement <> '';

create table checkout (
    tenant         text not null,
    connection     text not null,
    id             text not null,
    ord            bigint not null,
    seq            bigint not null,
    hash           blob not null,
    deleted        boolean not null,
    link           text not null,
    payment_intent text not null,
    status         text not null,
    doc            text not null,
    primary key (tenant, connection, id)
);
create index checkout_intent on checkout (tenant, connection, payment_intent) where payment_intent <> '';

create table refund (
    tenant     text not null,
    connection text not null,
    id         text not null,
    ord        bigint not null,
    seq        bigint not null,
    hash       blob not null,
    deleted    boolean not null,
    charge     text not null,
    amount     bigint not null,
    currency   text not null,
    status     text not null,
    doc        text not null,
    primary key (tenant, connection, id)
);

create table dispute (
    tenant     text not null,
    connection text not null,
    id         text not null,
    ord        bigint not null,
    seq        bigint not null,
    hash       blob not null,
    deleted    boolean not null,
    charge     text not null,
    amount     bigint not null,
    currency   text not null,
    status     text not null,
    doc        text not null,
    primary key (tenant, connection, id)
);

create table payout (
    tenant           text not null,
    connection       text not null,
    id               text not null,
    ord              bigint not null,
    seq              bigint not null,
    hash             blob not null,
    deleted          boolean not null,
    amount           bigint not null,
    currency         text not null,
    status           text not null,
    destination      text not null,
    movement         text not null,
    failure_movement text not null,
    created          text,
    doc              text not null,
    primary key (tenant, connection, id)
);
create index payout_movement on payout (tenant, connection, movement) where movement <> '';
create index payout_failure on payout (tenant, connection, failure_movement) where failure_movement <> '';

create table balance_transaction (
    tenant     text not null,
    connection text not null,
    id         text not null,
    ord        bigint not null,
    seq        bigint not null,
    hash       blob not null,
    deleted    boolean not null,
    type       text not null,
    source     text not null,
    payout     text not null,
    amount     bigint not null,
    fee        bigint not null,
    net        bigint not null,
    currency   text not null,
    created    text,
    doc        text not null,
    primary key (tenant, connection, id)
);
create index balance_transaction_created on balance_transaction (tenant, connection, created);
create index balance_transaction_payout on balance_transaction (tenant, connection, payout) where payout <> '';

-- +goose Down
drop table balance_transaction;
drop table payout;
drop table dispute;
drop table refund;
drop table checkout;
drop table charge;
drop table ledger_allocation;
drop table posting;
drop table document;
drop table receipt;
drop table credit;
drop table invoice;
drop table account;
drop table payer;
drop table customer_key;
drop table customer;
drop table rejection;
drop table raw;
drop table version;
