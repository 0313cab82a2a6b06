/** "1 member", "3 members". */
export const countOf = (count: number, what: string) => `${count} ${what}${count === 1 ? "" : "s"}`;
