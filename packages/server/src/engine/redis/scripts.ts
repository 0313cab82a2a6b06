import { house, TAG } from "./keys.ts";

/**
 * The one way in which anything changes but plain posts: if all that was read is
 * still so, all that was written is done, in its order; else nothing, and 0.
 *
 * ARGV: the number of guards; key, field and value of each (`-`: there is none,
 * `=` before one that there is, `#` before whoever alone may hold the key); then commands, before each the number of its words.
 * EVENT list json room: appends to a log. NEWS channel text: tells it, and keeps it
 * for nodes that are cut off.
 */
const commit = `
local at = 2
for _ = 1, tonumber(ARGV[1]) do
  local want = ARGV[at + 2]
  local kind = string.sub(want, 1, 1)
  local has
  if kind == '#' then has = redis.call('GET', ARGV[at])
  else has = redis.call('HGET', ARGV[at], ARGV[at + 1]) end
  if kind ~= '=' then
    if has and (kind == '-' or has ~= string.sub(want, 2)) then return 0 end
  elseif has ~= string.sub(want, 2) then
    return 0
  end
  at = at + 3
end
while at <= #ARGV do
  local last = at + tonumber(ARGV[at])
  local command = ARGV[at + 1]
  if command == 'EVENT' then
    local order = string.format('%.0f', redis.call('INCR', '${house.order}'))
    redis.call('RPUSH', ARGV[at + 2], order .. ' ' .. ARGV[at + 3])
    redis.call('HSET', ARGV[at + 4], 'order', order)
  elseif command == 'NEWS' then
    local id = redis.call('XADD', '${house.news}', 'MAXLEN', '~', '10000', '*', 'text', ARGV[at + 3])
    redis.call('PUBLISH', ARGV[at + 2], id .. '\\n' .. ARGV[at + 3])
  else
    redis.call(unpack(ARGV, at + 1, last))
  end
  at = last + 1
end
return 1
`;

export const COMMIT = commit;
/** The same, where memory is full too: of what takes away more than it brings. */
export const COMMIT_FREEING = `#!lua flags=allow-oom${commit}`;

/** Asks several things at one moment: before each the number of its words. */
export const READ = `#!lua flags=no-writes
local answers = {}
local at = 1
while at <= #ARGV do
  local last = at + tonumber(ARGV[at])
  answers[#answers + 1] = redis.call(unpack(ARGV, at + 1, last))
  at = last + 1
end
return answers
`;

/**
 * Appends plain messages of members to one log, in one go. Nothing of them needs to
 * be looked at before: only that the room is as it was when their senders' roles were.
 *
 * ARGV: the room's key and version, the time, the channel, the beginning of what is
 * published; then id, sender, clientId (or nothing) and body of each.
 * Answers nothing where the room is another, 0 where somebody else is next, else for each where it stands now
 * (`+seq at`), or what it repeats (`=seq at id`).
 */
export const POST = `
local room = ARGV[1]
if redis.call('EXISTS', room .. ':hold') == 1 then return 0 end
local meta = redis.call('HMGET', room, 'v', 'seq', 'id', 'at', 'day')
if meta[1] ~= ARGV[2] then return false end
local seq, at = tonumber(meta[2]), tonumber(meta[4])
local id = meta[3]
if tonumber(ARGV[3]) > at then at = tonumber(ARGV[3]) end
local time = string.format('%.0f', at)
local day = math.floor(at / 86400000)
local sent = room .. ':sent:' .. day % 2
local sentBefore = room .. ':sent:' .. (day + 1) % 2
if meta[5] ~= string.format('%.0f', day) then
  redis.call('UNLINK', sent)
end
local told = ARGV[5] .. '"seq":' .. string.format('%.0f', seq) .. ',"id":"' .. id .. '"}'
local fields, mine = {}, {}
for i = 6, #ARGV, 4 do fields[#fields + 1] = ARGV[i + 1] .. ' ' .. ARGV[i + 2] end
local known, knownBefore = redis.call('HMGET', sent, unpack(fields)), redis.call('HMGET', sentBefore, unpack(fields))
local answers, events, remembered, bits = {}, {}, {}, {}
for n = 1, #fields do
  local i = 4 * n + 2
  local field = fields[n]
  local first = ARGV[i + 2] ~= '' and (known[n] or knownBefore[n] or mine[field])
  if first then
    answers[n] = '=' .. first
  else
    seq = seq + 1
    id = ARGV[i]
    local number = string.format('%.0f', seq)
    events[#events + 1] = '{"seq":' .. number .. ',"at":' .. time .. ',"id":"' .. id .. '",' .. ARGV[i + 3] .. '}'
    for _, word in ipairs({'SET', 'u1', number, '1'}) do bits[#bits + 1] = word end
    redis.call('ZADD', room .. ':own:' .. ARGV[i + 1], number, number)
    if ARGV[i + 2] ~= '' then
      mine[field] = number .. ' ' .. time .. ' ' .. id
      remembered[#remembered + 1] = field
      remembered[#remembered + 1] = mine[field]
    end
    answers[n] = '+' .. number .. ' ' .. time
  end
end
if #events > 0 then
  local order = redis.call('INCRBY', '${house.order}', #events)
  local lines = {}
  for n, json in ipairs(events) do
    local number = seq - #events + n
    lines[#lines + 1] = string.format('%.0f', order - #events + n) .. ' ' .. json
    if n == #events or number % 1024 == 0 then
      redis.call('RPUSH', room .. ':log:' .. math.floor((number - 1) / 1024), unpack(lines))
      lines = {}
    end
  end
  redis.call('BITFIELD', room .. ':main', unpack(bits))
  redis.call('BITFIELD', room .. ':counted', unpack(bits))
  if #remembered > 0 then redis.call('HSET', sent, unpack(remembered)) end
  redis.call('EXPIRE', sent, 172800)
  redis.call('HSET', room, 'seq', string.format('%.0f', seq), 'id', id, 'at', time, 'order',
    string.format('%.0f', order), 'day', string.format('%.0f', day))
  redis.call('PUBLISH', ARGV[4], told .. '\\n' .. table.concat(events, '\\n'))
end
return answers
`;

/** A session by its key, and its user as they are. */
export const SIGNED = `#!lua flags=no-writes
local found = redis.call('HMGET', ARGV[1], 'session', 'usedAt', 'user')
if not found[3] then return false end
return {found[1], found[2], redis.call('HGETALL', ARGV[2] .. found[3])}
`;

/** The word for the life of a house, which has one from the first question on, where memory is full too. */
export const LIFE = `#!lua flags=allow-oom
redis.call('HSETNX', ARGV[1], 'life', ARGV[2])
return redis.call('HGET', ARGV[1], 'life')
`;

/** Lets go of keys that are held with this word. */
export const LET_GO = `
for i = 2, #ARGV do
  if redis.call('GET', ARGV[i]) == ARGV[1] then redis.call('UNLINK', ARGV[i]) end
end
return 1
`;

/** For Redis Cluster to know where a script runs. */
export const SCRIPT_KEYS = ["1", TAG] as const;
