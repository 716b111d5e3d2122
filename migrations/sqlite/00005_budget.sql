-- +goose Up

-- What a vendor gives the operator's application for a day or a month, and what
-- workers have drawn of it. It has no tenant: the application is the
-- operator's, and all tenants share what it is given.
create table budget (
    vendor       text not null,
    app          text not null,
    unit         text not null,
    window_kind  text not null,
    window_start text not null,
    used         bigint not null,
    quota        bigint not null,
    primary key (vendor, app, unit, window_kind, window_start)
) without rowid;

-- +goose Down
drop table budget;
