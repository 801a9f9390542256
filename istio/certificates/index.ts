export * from "./judge";
export { alternativeNames, canonicalAddress, subjectText, type AlternativeName } from "./distinguished-names";
