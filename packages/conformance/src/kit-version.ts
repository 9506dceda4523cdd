/** The version of this package, for reports. */
export const kitVersion = "0.1.0";
