-- Stores a ticket. KEYS: the ticket, a key that no ticket has. ARGV: the principal, seconds to live.
-- Redeeming needs GETDEL. If Redis refuses it, no ticket must be issued.
redis.call('GETDEL', KEYS[2])
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
