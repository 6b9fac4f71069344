CREATE INDEX events_by_sequence ON events (tenant_id, epoch, event_seq);
