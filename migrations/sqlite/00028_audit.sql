-- What people did is never changed.

-- +goose Up

-- +goose StatementBegin
create trigger person_event_no_update before update on person_event
begin
    select raise(abort, 'what people did is append-only');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger person_event_no_delete before delete on person_event
begin
    select raise(abort, 'what people did is append-only');
end;
-- +goose StatementEnd

-- +goose Down
drop trigger person_event_no_delete;
drop trigger person_event_no_update;
