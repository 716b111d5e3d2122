-- +goose Up

-- What a question about a movement is about stands apart from what is asked.
-- Before, it stood in front of it, ended by the movement's id in brackets.
alter table decision add column about text collate "C" not null default '';
update decision set about = substr(question, 1, strpos(question, '): ')), question = substr(question, strpos(question, '): ') + 3)
where subject like 'movement/%' and strpos(question, '): ') > 0;

-- +goose Down
update decision set question = about || ': ' || question where about <> '';
alter table decision drop column about;
