export { ATTRIBUTES_WITHOUT_VALUE, unknownAttributes, type LogAttribute } from "./attributes";
export { compileCel, type CelAttributes, type CelReader, type CompiledCel } from "./compile";
export { CelDouble, CelSpan, CelTime, CelUint, type CelMap, type CelResult, type CelValue } from "./values";
