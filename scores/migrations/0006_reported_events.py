"""What the detectors look at, as a view."""

from django.db import migrations

REPORTED_EVENTS = """
CREATE VIEW reported_events AS
SELECT event_id, user_id, action_type, score_increment, score_after, metadata, ip_address, user_agent, created_at,
    -- A household has a whole /64 of IPv6. The address is valid, or empty where a unix socket had none.
    CASE WHEN position(':' IN ip_address) > 0 THEN network(set_masklen(ip_address::inet, 64))::text
        ELSE ip_address END AS address_block,
    CASE WHEN ip_address = '' THEN ''
        ELSE network(set_masklen(ip_address::inet, CASE WHEN position(':' IN ip_address) > 0 THEN 48 ELSE 24 END))::text
        END AS network,
    -- Without version numbers: a new version is not another program.
    translate(user_agent, '0123456789.', '') AS agent_family
FROM score_events
-- Operators' events have a space in their request ids, which no game may send. Imports have no address and no agent.
WHERE request_id NOT LIKE '% %' AND (ip_address <> '' OR user_agent <> '');

COMMENT ON VIEW reported_events IS 'Score events that games reported: no imports, corrections and approved actions.';
"""


class Migration(migrations.Migration):
    dependencies = [
        ("scores", "0005_flags"),
    ]

    operations = [
        migrations.RunSQL(REPORTED_EVENTS, "DROP VIEW reported_events"),
    ]
