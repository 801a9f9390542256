/** GH04xx, proxy/: faults between objects and at run time. */
export const PROXY_CODES = {
} as const;
