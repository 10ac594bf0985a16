let oneEmoji: RegExp | undefined;

/** Whether it is one emoji as Unicode recommends for interchange, which are thousands: to compile them takes a while. */
export function isOneEmoji(text: string): boolean {
  return (oneEmoji ??= /^\p{RGI_Emoji}$/v).test(text);
}
