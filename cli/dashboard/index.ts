export { dashboard, type DashboardOptions } from "./dashboard";
export { openBrowser } from "./open-browser";
