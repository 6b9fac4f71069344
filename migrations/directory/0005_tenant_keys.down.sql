DROP INDEX tenant_keys_by_due;

DROP TABLE tenant_keys;
