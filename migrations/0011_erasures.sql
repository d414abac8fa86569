CREATE TABLE `erasures` (
	`user_id` integer PRIMARY KEY NOT NULL,
	`since` integer NOT NULL
);
--> statement-breakpoint
UPDATE state SET value = (SELECT json_group_object(key, json_remove(value, '$.userId')) FROM json_each(state.value)) WHERE name = 'sport-markup';
