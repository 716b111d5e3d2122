-- E-mails to a person, such as a link to a new password. kind says what is
-- composed when it is sent, because no secret may lie in a row.

-- +goose Up

alter table mail add column kind text not null default '';
alter table mail add column recipient text not null default '';

-- +goose Down
delete from mail where kind <> '';
alter table mail drop column recipient;
alter table mail drop column kind;
