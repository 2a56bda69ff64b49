// The admin of the API that the address of this page names, with a key in each request:
// /?entrypoint=http://127.0.0.1:8000&key=rw_...
import { HydraAdmin, fetchHydra, hydraDataProvider } from "@api-platform/admin";
import { parseHydraDocumentation } from "@api-platform/api-doc-parser";
import { createRoot } from "react-dom/client";

const { entrypoint, key } = Object.fromEntries(new URLSearchParams(location.search));

const withKey = (given) => {
  const headers = new Headers(given);
  headers.set("Authorization", `Bearer ${key}`);
  return headers;
};

const dataProvider = hydraDataProvider({
  entrypoint,
  httpClient: (url, options = {}) => fetchHydra(url, { ...options, headers: withKey(options.headers) }),
  apiDocumentationParser: (url) => parseHydraDocumentation(url, { headers: withKey() }),
  mercure: false,
});

createRoot(document.getElementById("root")).render(
  <HydraAdmin dataProvider={dataProvider} entrypoint={entrypoint} disableTelemetry />,
);
