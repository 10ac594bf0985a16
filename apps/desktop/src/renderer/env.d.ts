/** Put in by the build: the version of the app. */
declare const __APP_VERSION__: string;
