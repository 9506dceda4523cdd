export const other = { name: "no create" };
