CREATE TABLE `chats` (
	`id` integer PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`language` text DEFAULT 'it' NOT NULL,
	`status` text DEFAULT 'active' NOT NULL,
	`quiet_from` text,
	`quiet_to` text,
	`quiet_mode` text DEFAULT 'silent' NOT NULL,
	`tell_gone` integer DEFAULT true NOT NULL,
	`only_offices` text,
	`only_before` text,
	`only_from` text,
	`only_to` text,
	`min_places` integer DEFAULT 1 NOT NULL,
	`awaiting` text,
	`heavy_until` integer DEFAULT 0 NOT NULL,
	`created_at` integer NOT NULL,
	`last_seen_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `subscriptions` (
	`chat_id` integer NOT NULL,
	`province` text NOT NULL,
	`ring` integer NOT NULL,
	`asleep` integer DEFAULT false NOT NULL,
	`muted_until` integer,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`chat_id`, `province`)
);
--> statement-breakpoint
CREATE INDEX `subscriptions_ring` ON `subscriptions` (`province`,`ring`,`chat_id`) WHERE asleep = 0;--> statement-breakpoint
CREATE TABLE `updates` (
	`id` integer PRIMARY KEY NOT NULL,
	`fingerprint` integer NOT NULL,
	`done_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `dead_letters` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`queue` text NOT NULL,
	`message_id` text NOT NULL,
	`body` text NOT NULL,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `dead_letters_message_id_unique` ON `dead_letters` (`message_id`);--> statement-breakpoint
CREATE TABLE `deliveries` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`event` text NOT NULL,
	`chat_id` integer NOT NULL,
	`lane` integer NOT NULL,
	`content` text NOT NULL,
	`status` text DEFAULT 'queued' NOT NULL,
	`not_before` integer DEFAULT 0 NOT NULL,
	`lease_until` integer,
	`attempts` integer DEFAULT 0 NOT NULL,
	`message_id` integer,
	`reason` text,
	`event_at` integer NOT NULL,
	`created_at` integer NOT NULL,
	`done_at` integer,
	`trace` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `deliveries_event` ON `deliveries` (`event`,`chat_id`);--> statement-breakpoint
CREATE INDEX `deliveries_open` ON `deliveries` (`lane`,`id`) WHERE status in ('queued', 'claimed');--> statement-breakpoint
CREATE INDEX `deliveries_held` ON `deliveries` (`not_before`) WHERE status = 'held';--> statement-breakpoint
CREATE TABLE `alerts` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`province` text NOT NULL,
	`office_id` text,
	`slots` text NOT NULL,
	`bookable_at` text,
	`created_at` integer NOT NULL,
	`trace` text NOT NULL,
	`pivot` integer NOT NULL,
	`cursor` text,
	`fanned_out_at` integer
);
--> statement-breakpoint
CREATE INDEX `alerts_waiting` ON `alerts` (`created_at`) WHERE fanned_out_at is null;--> statement-breakpoint
CREATE INDEX `alerts_office` ON `alerts` (`office_id`,`created_at`);--> statement-breakpoint
CREATE INDEX `alerts_province` ON `alerts` (`province`,`created_at`);--> statement-breakpoint
CREATE TABLE `offices` (
	`id` text PRIMARY KEY NOT NULL,
	`province` text NOT NULL,
	`code` text NOT NULL,
	`name` text NOT NULL,
	`address` text NOT NULL,
	`city` text NOT NULL,
	`bookable_from` text,
	`first_date` text,
	`listed` integer DEFAULT true NOT NULL,
	`doubt_since` integer,
	`first_seen_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `offices_province` ON `offices` (`province`);--> statement-breakpoint
CREATE TABLE `portal_sessions` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`owner_id` integer NOT NULL,
	`sealed` text NOT NULL,
	`health` text DEFAULT 'good' NOT NULL,
	`created_at` integer NOT NULL,
	`last_good_at` integer NOT NULL,
	`died_at` integer
);
--> statement-breakpoint
CREATE TABLE `provinces` (
	`code` text PRIMARY KEY NOT NULL,
	`due_at` integer DEFAULT 0 NOT NULL,
	`lease_until` integer DEFAULT 0 NOT NULL,
	`lease_token` text,
	`watched_since` integer DEFAULT 0 NOT NULL,
	`last_read_at` integer,
	`last_attempt_at` integer,
	`failures` integer DEFAULT 0 NOT NULL,
	`last_failure` text,
	`suspicious_since` integer,
	`blind_since` integer,
	`rounds` integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE `slot_events` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`office_id` text NOT NULL,
	`date` text NOT NULL,
	`time` text NOT NULL,
	`kind` text NOT NULL,
	`places` integer NOT NULL,
	`at` integer NOT NULL,
	`trace` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `slot_events_office` ON `slot_events` (`office_id`,`at`);--> statement-breakpoint
CREATE TABLE `slots` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`office_id` text NOT NULL,
	`date` text NOT NULL,
	`time` text NOT NULL,
	`places` integer NOT NULL,
	`first_seen_at` integer NOT NULL,
	`opened_at` integer NOT NULL,
	`gone_at` integer,
	`announced_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `slots_key` ON `slots` (`office_id`,`date`,`time`);--> statement-breakpoint
CREATE INDEX `slots_open` ON `slots` (`office_id`) WHERE gone_at is null;--> statement-breakpoint
CREATE TABLE `courses` (
	`key` text PRIMARY KEY NOT NULL,
	`type` text NOT NULL,
	`name` text NOT NULL,
	`location` text NOT NULL,
	`date` text NOT NULL,
	`day_of_week` integer NOT NULL,
	`start` text NOT NULL,
	`end` text NOT NULL,
	`teacher` text,
	`available_places` integer,
	`total_places` integer,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `courses_date` ON `courses` (`date`,`start`);--> statement-breakpoint
CREATE TABLE `students` (
	`user_id` integer PRIMARY KEY NOT NULL,
	`linked_at` integer NOT NULL,
	`next_timer_at` integer,
	`last_volunteered_at` integer
);
--> statement-breakpoint
CREATE TABLE `metrics` (
	`at` integer PRIMARY KEY NOT NULL,
	`counts` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `state` (
	`name` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL,
	`at` integer NOT NULL
);
