CREATE TABLE `slot_hours` (
	`office_id` text NOT NULL,
	`hour` integer NOT NULL,
	`freed` integer NOT NULL,
	`gone` integer NOT NULL,
	`until` integer NOT NULL,
	PRIMARY KEY(`office_id`, `hour`)
);
--> statement-breakpoint
CREATE INDEX `chats_gone` ON `chats` (`last_seen_at`) WHERE status = 'gone';