export { Exporters, type ExporterServices } from "./exporters";
export { Exporter, type DropReason, type Signal } from "./exporter";
