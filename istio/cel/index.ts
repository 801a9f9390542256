export { ATTRIBUTES_WITHOUT_VALUE, unknownAttributes, type LogAttribute } from "./attributes";
export { compileCel, type CelAttributes, type CompiledCel } from "./compile";
export type { CelReader } from "./readers";
export {
    CelBytes,
    CelDouble,
    CelSpan,
    CelTime,
    CelUint,
    isList,
    isMap,
    type CelMap,
    type CelResult,
    type CelValue,
} from "./values";
export { shownCel, withoutCelTexts } from "./shown";
