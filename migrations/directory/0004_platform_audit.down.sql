DROP TABLE revoked_tokens;

DROP TABLE dead_letters;

DROP TABLE platform_audit;
