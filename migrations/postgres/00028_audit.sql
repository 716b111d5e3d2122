-- What people did is never changed.

-- +goose Up

-- +goose StatementBegin
create function person_event_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'what people did is append-only';
end;
$$;
-- +goose StatementEnd
create trigger person_event_no_change before update or delete on person_event for each row execute function person_event_append_only();
create trigger person_event_no_truncate before truncate on person_event for each statement execute function person_event_append_only();

-- +goose Down
drop trigger person_event_no_truncate on person_event;
drop trigger person_event_no_change on person_event;
drop function person_event_append_only();
