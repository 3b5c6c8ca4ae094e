import { type Decimal, decimal, roundDecimal } from './decimal.js';

/** Currencies whose minor unit is not a hundredth (ISO 4217 table A.1, 2024-06). All others have two decimals. */
const MINOR_UNIT_EXCEPTIONS: Readonly<Record<string, number>> = {
  BIF: 0,
  CLP: 0,
  DJF: 0,
  GNF: 0,
  ISK: 0,
  JPY: 0,
  KMF: 0,
  KRW: 0,
  PYG: 0,
  RWF: 0,
  UGX: 0,
  UYI: 0,
  VND: 0,
  VUV: 0,
  XAF: 0,
  XOF: 0,
  XPF: 0,
  BHD: 3,
  IQD: 3,
  JOD: 3,
  KWD: 3,
  LYD: 3,
  OMR: 3,
  TND: 3,
  CLF: 4,
  UYW: 4,
};

/**
 * Currencies and funds in use: ISO 4217 list one, as published on 2026-01-01, without the codes that have no minor unit (metals, units of account, `XTS`
 * and `XXX`), in which nobody pays.
 */
const ACTIVE_CODES: ReadonlySet<string> = new Set(
  [
    'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CLF CLP CNY COP',
    'COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK',
    'JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN',
    'NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP',
    'SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAD XAF XCD XCG XOF XPF YER ZAR ZMW ZWG',
  ].flatMap((row) => row.split(' ')),
);

/** Whether text has the form of an ISO 4217 code: three upper-case letters. */
export function isCurrencyCode(text: string): boolean {
  return /^[A-Z]{3}$/.test(text);
}

/** Whether text is the code of a currency that is in use (ISO 4217 list one of 2026-01-01). Retired codes (`HRK`) and mistyped ones (`XXZ`) are not. */
export function isActiveCurrencyCode(text: string): boolean {
  return ACTIVE_CODES.has(text);
}

/** Decimals of a currency's minor unit: 2 for USD, 0 for JPY, 3 for KWD. @throws RangeError when the code is not three upper-case letters. */
export function minorUnitDigits(currency: string): number {
  if (!isCurrencyCode(currency))
    throw new RangeError(`not a currency code: ${JSON.stringify(currency)}; expected three upper-case letters (ISO 4217)`);
  return MINOR_UNIT_EXCEPTIONS[currency] ?? 2;
}

/** Rounds an amount half up to the currency's minor unit. Money is rounded once, per statement line, and nowhere else. */
export function roundMoney(amount: Decimal, currency: string): Decimal {
  return roundDecimal(amount, minorUnitDigits(currency), 'half_up');
}

/** An amount in the currency's minor units, rounded half up: 12.345 USD → 1235, 12.345 KWD → 12345, 12.5 JPY → 13. */
export function toMinorUnits(amount: Decimal, currency: string): Decimal {
  const digits = minorUnitDigits(currency);
  return roundDecimal(amount, digits, 'half_up').times(decimal(`1e${digits}`));
}
