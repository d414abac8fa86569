CREATE TABLE `paired_browsers` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`owner_id` integer NOT NULL,
	`code_hash` text,
	`code_until` integer NOT NULL,
	`token_hash` text,
	`browser` text,
	`session_id` integer,
	`created_at` integer NOT NULL,
	`last_used_at` integer
);
