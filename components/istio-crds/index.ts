export { IstioCrds } from "./component";
export type { IstioCrdsArgs, IstioKind } from "./schema";
