import type { AccessLogEntry } from './sources.js';

/** Combined log format: address, identity, user, [time], "request", status, bytes, "referer", "user agent". */
const LINE =
  /^\S+ \S+ \S+ \[(\d{2})\/(\w{3})\/(\d{4}):(\d{2}:\d{2}:\d{2}) ([+-]\d{2})(\d{2})\] "([A-Z]+) (\S+)[^"]*" (\d{3}) (\d+|-) "([^"]*)" "([^"]*)/;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Reads an access log, in the order of time. Addresses are left out: nobody needs them, and they are personal data. Lines of another form are passed over. */
export function parseAccessLog(text: string): AccessLogEntry[] {
  const entries = text.split('\n').flatMap((line) => parseLine(line) ?? []);
  return entries.sort((a, b) => a.at.getTime() - b.at.getTime());
}

function parseLine(line: string): AccessLogEntry | undefined {
  const match = LINE.exec(line);
  if (!match) return undefined;
  const [, day, month, year, time, zoneHours, zoneMinutes, method, target, status, bytes, referer, userAgent] =
    match as unknown as string[];
  const monthNumber = String(MONTHS.indexOf(month!) + 1).padStart(2, '0');
  return {
    at: new Date(`${year}-${monthNumber}-${day}T${time}${zoneHours}:${zoneMinutes}`),
    method: method!,
    target: target!,
    status: Number(status),
    bytes: bytes === '-' ? 0 : Number(bytes),
    referer: referer === '-' ? '' : referer!,
    userAgent: userAgent === '-' ? '' : userAgent!,
  };
}
