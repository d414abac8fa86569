CREATE TABLE `false_alarms` (
	`alert_id` text NOT NULL,
	`chat_id` integer NOT NULL,
	`office_id` text NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`alert_id`, `chat_id`)
);
--> statement-breakpoint
CREATE INDEX `false_alarms_chat` ON `false_alarms` (`chat_id`);--> statement-breakpoint
CREATE INDEX `false_alarms_at` ON `false_alarms` (`at`);--> statement-breakpoint
ALTER TABLE `offices` ADD `unsteady` integer DEFAULT false NOT NULL;