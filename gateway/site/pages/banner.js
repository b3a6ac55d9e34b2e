// A consent banner: asks for each purpose by itself, loads the SDK only after a yes, and says so with each message.
(function () {
  "use strict";
  var config = __CHANDUNG_CONFIG__;
  var script = document.currentScript;
  var given = (script && script.dataset) || {};
  var language = given.lang || (/^vi/i.test(document.documentElement.lang || navigator.language) ? "vi" : "en");
  var KEY = "chandung.consent";
  var WORDS = {
    vi: {
      title: "Quyền riêng tư của bạn", all: "Đồng ý tất cả", none: "Từ chối tất cả", some: "Lưu lựa chọn",
      legend: "Bạn đồng ý cho các mục đích nào?", notice: "Nội dung thông báo",
      service: "Phục vụ đơn hàng và chăm sóc", analytics: "Thống kê", profiling: "Lập chân dung khách hàng",
      marketing: "Tiếp thị"
    },
    en: {
      title: "Your privacy", all: "Accept all", none: "Reject all", some: "Save choices",
      legend: "Which purposes do you agree to?", notice: "Read the notice",
      service: "Orders and care", analytics: "Statistics", profiling: "Customer portraits", marketing: "Marketing"
    }
  };
  var STYLE =
    ":host{all:initial}section{position:fixed;z-index:2147483000;inset:auto 1rem 1rem 1rem;max-width:34rem;" +
    "margin:0 auto;padding:1.25rem;background:#fff;color:#1b1f24;border:1px solid #59636e;border-radius:.75rem;" +
    "box-shadow:0 .5rem 2rem rgba(0,0,0,.25);font:1rem/1.5 system-ui,sans-serif;max-height:80vh;overflow:auto}" +
    "h2{font-size:1.15rem;margin:0 0 .5rem}fieldset{border:0;padding:0;margin:.75rem 0}legend{font-weight:600}" +
    "label{display:flex;gap:.5rem;align-items:center;padding:.35rem 0}input{width:1.25rem;height:1.25rem}" +
    "details{margin:.5rem 0}div{display:flex;flex-wrap:wrap;gap:.5rem}" +
    "button{flex:1 1 9rem;font:inherit;padding:.6rem .9rem;border:1px solid #0b5cad;border-radius:.5rem;" +
    "background:#fff;color:#0b4f94;cursor:pointer}button:hover{background:#eaf3fc}" +
    "button:focus-visible,input:focus-visible,summary:focus-visible,h2:focus-visible{outline:3px solid #0b5cad;" +
    "outline-offset:2px}" +
    "@media(prefers-color-scheme:dark){section{background:#1b1f24;color:#f0f3f6;border-color:#9ea7b3}" +
    "button{background:#1b1f24;color:#a9d1ff;border-color:#71b7ff}button:hover{background:#2b3139}}";
  var host = null;
  var isLoaded = false;

  function stored() {
    try {
      var found = JSON.parse(localStorage.getItem(KEY));
      return found && found.notice === config.notice && found.version === config.version ? found : null;
    } catch (_) {
      return null;
    }
  }

  function agrees(choice) {
    return Boolean(choice) && Object.keys(choice.categoryPreferences).some(function (purpose) {
      return choice.categoryPreferences[purpose];
    });
  }

  function choose(preferences) {
    var choice = {
      id: newId(), captured_at: new Date().toISOString(), notice: config.notice, version: config.version,
      categoryPreferences: preferences
    };
    localStorage.setItem(KEY, JSON.stringify(choice));
    close();
    apply(choice);
  }

  function newId() { // crypto.randomUUID is not there on plain http
    var bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, function (byte) { return byte.toString(16).padStart(2, "0"); }).join("");
  }

  // Messages before a yes are dropped, not kept for later: nobody had agreed to them.
  var METHODS = ["track", "page", "screen", "identify", "group", "alias", "reset", "ready", "on", "once", "off",
    "addSourceMiddleware", "register", "setAnonymousId", "user"];
  function prepare() {
    if (window.analytics) return;
    var stub = (window.analytics = []);
    METHODS.forEach(function (method) {
      stub[method] = function () {
        if (agrees(stored())) stub.push([method].concat(Array.prototype.slice.call(arguments)));
        return stub;
      };
    });
  }

  function middleware(call) {
    var choice = stored();
    if (!agrees(choice)) return; // a no ends it: nothing is sent any more
    var context = call.payload.obj.context || (call.payload.obj.context = {});
    context.consent = choice;
    call.next(call.payload);
  }

  function apply(choice) {
    document.dispatchEvent(new CustomEvent("chandung:consent", { detail: choice }));
    if (!agrees(choice)) {
      if (isLoaded && window.analytics.reset) window.analytics.reset();
      return;
    }
    if (isLoaded || !given.sdk) return;
    isLoaded = true;
    prepare();
    window.analytics._writeKey = config.writeKey;
    window.analytics._cdn = config.url;
    window.analytics.addSourceMiddleware(middleware);
    window.analytics.page();
    var sdk = document.createElement("script");
    sdk.src = given.sdk;
    document.head.appendChild(sdk);
  }

  function close() {
    if (host) host.remove();
    host = null;
  }

  function element(name, text) {
    var made = document.createElement(name);
    if (text) made.textContent = text;
    return made;
  }

  function open() {
    close();
    var words = WORDS[language] || WORDS.en;
    var before = (stored() || { categoryPreferences: {} }).categoryPreferences;
    host = element("chandung-consent");
    var root = host.attachShadow({ mode: "open" });
    var sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    var section = element("section");
    section.setAttribute("role", "dialog");
    section.setAttribute("aria-labelledby", "title");
    section.lang = language;
    var title = element("h2", words.title);
    title.id = "title";
    title.tabIndex = -1;
    var details = element("details");
    details.append(element("summary", words.notice), element("p", config.text[language] || config.text.en));
    var fieldset = element("fieldset");
    fieldset.append(element("legend", words.legend));
    var boxes = config.purposes.map(function (purpose) {
      var label = element("label");
      var box = element("input");
      box.type = "checkbox";
      box.name = purpose;
      box.checked = before[purpose] === true;
      label.append(box, element("span", words[purpose]));
      fieldset.append(label);
      return box;
    });
    function answer(name, value) {
      var button = element("button", words[name]);
      button.type = "button";
      button.addEventListener("click", function () {
        var preferences = {};
        boxes.forEach(function (box) { preferences[box.name] = value(box); });
        choose(preferences);
      });
      return button;
    }
    var row = element("div");
    row.append(
      answer("none", function () { return false; }),
      answer("some", function (box) { return box.checked; }),
      answer("all", function () { return true; })
    );
    section.append(title, details, fieldset, row);
    root.append(section);
    document.body.appendChild(host);
    title.focus({ preventScroll: true });
  }

  function start() {
    var choice = stored();
    if (choice) apply(choice);
    else if (!navigator.globalPrivacyControl) open(); // its no is heard without asking
  }

  window.chandungConsent = { open: open, get: stored, middleware: middleware };
  prepare();
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
