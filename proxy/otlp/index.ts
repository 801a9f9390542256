export { writeAttribute } from "./batch";
export { Exporters, type ExporterServices } from "./exporters";
export { Sender, type DropReason, type Signal } from "./sender";
