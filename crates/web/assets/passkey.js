// Asks the browser for a passkey, or has it make one, and sends the answer with the form that asked. Only the browser can speak to an
// authenticator, so this is the one thing that does not work without a script. It keeps nothing and asks nothing of the network.
"use strict";
(() => {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  // One and the same for everybody: what an authenticator derives from it differs by the passkey.
  const salt = new TextEncoder().encode("holdfast passkey unlocks 1");

  const question = (form) => {
    const options = JSON.parse(form.dataset.question);
    options.challenge = bytes(options.challenge);
    if (options.user) {
      options.user.id = bytes(options.user.id);
    }
    for (const list of [options.excludeCredentials, options.allowCredentials]) {
      for (const one of list || []) {
        one.id = bytes(one.id);
        // All that one may be reached by.
        delete one.transports;
      }
    }
    options.extensions = { ...options.extensions, prf: { eval: { first: salt } } };
    return options;
  };

  const answer = (credential) => {
    const { response } = credential;
    const said = { clientDataJSON: text(response.clientDataJSON) };
    if (response.attestationObject) {
      said.attestationObject = text(response.attestationObject);
      said.transports = [];
    } else {
      said.authenticatorData = text(response.authenticatorData);
      said.signature = text(response.signature);
      said.userHandle = response.userHandle ? text(response.userHandle) : null;
    }
    return JSON.stringify({ id: credential.id, rawId: credential.id, type: credential.type, response: said });
  };

  const begin = async (form) => {
    const publicKey = question(form);
    const credential = form.dataset.passkey === "make"
      ? await navigator.credentials.create({ publicKey })
      : await navigator.credentials.get({ publicKey });
    form.elements.credential.value = answer(credential);
    const derived = credential.getClientExtensionResults().prf?.results?.first;
    form.elements.derived.value = derived ? text(derived) : "";
    form.submit();
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    if (!window.PublicKeyCredential) {
      continue;
    }
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const told = form.querySelector("[role=status]");
      // Before it is made: one that we then refuse for want of a name would stay on the device and open nothing.
      const title = form.elements.title;
      if (title && !title.value.trim()) {
        told.textContent = "Give it a name first.";
        title.focus();
        return;
      }
      told.textContent = "Follow what your browser asks.";
      begin(form).catch(() => {
        // What was wrong is between the browser and the person: they called it off, or there is none here.
        told.textContent = "No passkey came of it. Load this page again to try once more, or use another way.";
      });
    });
  }
})();
