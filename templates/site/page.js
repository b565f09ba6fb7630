"use strict";
(function () {
  var said = document.getElementById("said");

  function all(selector) { return Array.prototype.slice.call(document.querySelectorAll(selector)); }

  /* Copy buttons, where the browser lets us. */
  function button(what, text) {
    var b = document.createElement("button"), timer;
    b.type = "button";
    b.className = "copy";
    b.textContent = "Copy";
    b.setAttribute("aria-label", "Copy " + what);
    b.addEventListener("click", function () {
      navigator.clipboard.writeText(text).then(function () {
        b.textContent = "Copied";
        said.textContent = "Copied " + what;
        clearTimeout(timer);
        timer = setTimeout(function () { b.textContent = "Copy"; said.textContent = ""; }, 2000);
      }, function () { b.textContent = "Failed"; });
    });
    return b;
  }
  if (navigator.clipboard && navigator.clipboard.writeText) {
    all("pre").forEach(function (pre) {
      var block = document.createElement("div");
      block.className = "block";
      pre.parentNode.insertBefore(block, pre);
      block.appendChild(pre);
      block.appendChild(button("the commands: " + pre.dataset.name, pre.textContent.trim()));
    });
    all(".sum").forEach(function (sum) {
      var name = sum.parentNode.querySelector(".name").textContent;
      sum.appendChild(button("the SHA-256 of " + name, sum.querySelector("code").textContent));
    });
    all(".fingerprint").forEach(function (p) {
      p.appendChild(document.createTextNode(" "));
      p.appendChild(button("the fingerprint", p.querySelector("code").textContent));
    });
  }

  /* The visitor's system: a guess that only marks and offers, everything stays where it is. */
  var agent = navigator.userAgent || "", platform = navigator.platform || "";

  function guess() {
    var s = { os: "", arch: "" };
    if (/Android|iPhone|iPad|iPod|CrOS/.test(agent) ||
        (/^Mac/.test(platform) && navigator.maxTouchPoints > 1)) return s;
    if (/Windows|Win64/.test(agent)) s.os = "windows";
    else if (/Macintosh|Mac OS X/.test(agent)) s.os = "macos";
    else if (/Linux|X11/.test(agent)) s.os = "linux";
    if (/aarch64|arm64/i.test(agent + platform)) s.arch = "aarch64";
    else if (/armv[78]|arm/i.test(platform)) s.arch = "armv7";
    else if (/x86_64|x64|Win64|WOW64|amd64/i.test(agent + platform)) s.arch = "x86_64";
    else if (/i[3-6]86/.test(agent + platform)) s.arch = "i686";
    else if (s.os === "windows") s.arch = "i686";
    return s;
  }

  /* Files by how well they fit whoever knows nothing of them. */
  function preferred(os) {
    if (os === "windows") return ["msi", "nsis", "exe", "msix", "portable", "zip"];
    if (os === "macos") return ["dmg", "pkg", "zip", "tar.gz"];
    if (/Ubuntu|Debian/.test(agent)) return ["deb", "appimage"];
    if (/Fedora|Red Hat|SUSE/.test(agent)) return ["rpm", "appimage"];
    return ["appimage"];
  }

  function mark(s) {
    var groups = all('.arch[data-os="' + s.os + '"]'), wanted = [s.arch, "universal", "any"], yours = null;
    if (!s.os || !groups.length) return;
    wanted.forEach(function (arch) {
      groups.forEach(function (g) { if (!yours && arch && g.dataset.arch === arch) yours = g; });
    });
    if (!yours && !s.arch && groups.length === 1) yours = groups[0];
    var system = document.querySelector('.system[data-os="' + s.os + '"] h3').textContent;
    var offer = document.getElementById("offer"), what = document.getElementById("offer-what");
    if (!yours) {
      offer.href = "#" + groups[0].parentNode.id;
      what.textContent = "Downloads for " + system;
      return;
    }
    var badge = document.createElement("span");
    badge.className = "badge";
    badge.textContent = "Your system";
    yours.classList.add("yours");
    yours.querySelector("h4").appendChild(badge);
    offer.href = "#" + yours.id;
    what.textContent = "Downloads for " + system;
    preferred(s.os).some(function (format) {
      var file = yours.querySelector('.file[data-format="' + format + '"] .get');
      if (!file) return false;
      offer.href = file.getAttribute("href");
      offer.setAttribute("download", "");
      what.textContent = "Download for " + system;
      return true;
    });
    if (s.os === "linux") {
      var way = /Fedora|Red Hat|SUSE/.test(agent) && document.getElementById("way-dnf");
      if (way) way.checked = true;
    }
  }

  var s = guess(), data = navigator.userAgentData;
  if (s.os && data && data.getHighEntropyValues) {
    /* A Mac does not say in its name which processor it has. */
    data.getHighEntropyValues(["architecture", "bitness"]).then(function (v) {
      if (v.architecture === "arm") s.arch = v.bitness === "32" ? "armv7" : "aarch64";
      else if (v.architecture === "x86") s.arch = v.bitness === "32" ? "i686" : "x86_64";
      mark(s);
    }, function () { mark(s); });
  } else {
    mark(s);
  }
})();
