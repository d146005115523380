// Numbers of 16 bits: a sign, 5 bits of exponent, 10 of fraction.

/** The number that 16 bits stand for; infinities and what is no number are not asked for. */
export function fromHalf(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(bits >> 10) & 0x1f, (bits & 0x3ff) / 1024];
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction) : 2 ** -14 * fraction);
}
