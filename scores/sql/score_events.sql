-- The ledger, partitioned by month. A partitioned table's keys must hold the partition column.
CREATE TABLE score_events (
    event_id varchar(255) COLLATE "C" NOT NULL,
    user_id varchar(255) COLLATE "C" NOT NULL REFERENCES users_scores (user_id),
    action_id varchar(255) COLLATE "C" NOT NULL,
    request_id varchar(255) COLLATE "C" NOT NULL,
    action_type varchar(50) NOT NULL,
    score_increment integer NOT NULL,
    score_after bigint NOT NULL,
    metadata json,
    ip_address varchar(45) NOT NULL DEFAULT '',
    user_agent text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (event_id, created_at),
    CONSTRAINT idx_action_lookup UNIQUE (action_id, created_at)
) PARTITION BY RANGE (created_at);

-- No write ever fails for want of a partition; maintain_partitions moves its rows into the month they belong to.
CREATE TABLE score_events_default PARTITION OF score_events DEFAULT;

CREATE INDEX idx_user_events ON score_events (user_id, created_at DESC, event_id DESC);
CREATE INDEX idx_request_lookup ON score_events (user_id, request_id);
CREATE INDEX idx_events_created ON score_events USING brin (created_at) WITH (autosummarize = on);

COMMENT ON CONSTRAINT idx_action_lookup ON score_events IS 'A replay: the event of an action id.';
COMMENT ON INDEX idx_user_events IS 'GET /users/{userId}/scores/history: newest first, and its count.';
COMMENT ON INDEX idx_request_lookup IS 'Support: what came of this user''s request id, after score_requests is purged.';
COMMENT ON INDEX idx_events_created IS 'The reconcile pass: users whose score moved since a moment.';
