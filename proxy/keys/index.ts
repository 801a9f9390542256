export { fetchKeys } from "./issuer-keys";
export { KeySets, type KeySetsOptions, type KeyTimes } from "./key-sets";
