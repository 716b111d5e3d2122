-- Several organisations: what is due is found whoever's it is.

-- +goose Up

create index connection_ready on connection (due) where state = 'active';

-- +goose Down
drop index connection_ready;
