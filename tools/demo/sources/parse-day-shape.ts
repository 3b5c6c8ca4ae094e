const LINE = /^\d{4}-\d{2}-\d{2} (\d{2}):(\d{2}):\d{2},([\d.]+)$/;
const PARTS = 96;

/** Reads request counts of many days (`timestamp,value`) and adds them up by the quarter of an hour of the day: 96 weights. */
export function parseDayShape(text: string): number[] {
  const weights = new Array<number>(PARTS).fill(0);
  for (const line of text.split(/\r?\n/)) {
    const [, hour, minute, count] = LINE.exec(line) ?? [];
    if (hour === undefined) continue;
    const part = Number(hour) * 4 + Math.floor(Number(minute) / 15);
    weights[part] = weights[part]! + Number(count);
  }
  return weights;
}
