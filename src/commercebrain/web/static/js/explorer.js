/* The explorer: the answer's sentence moves into the first line after htmx has exchanged the answer; pictures and the
   link can be taken away. Everything works without this file as a plain form. */
(function () {
  "use strict";
  function answer() {
    var said = document.querySelector(".explorer-said");
    var line = document.getElementById("answer");
    if (said && line) { line.innerHTML = said.innerHTML; }
  }

  document.addEventListener("htmx:afterSettle", answer);
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-png]");
    if (button) {
      var address = window.deskPicture(document.getElementById(button.dataset.png));
      if (!address) { return; }
      var link = document.createElement("a");
      link.href = address;
      link.download = "commerce-brain.png";
      link.click();
      return;
    }
    var share = event.target.closest("[data-share]");
    if (share && navigator.clipboard && window.isSecureContext) {
      event.preventDefault();
      navigator.clipboard.writeText(share.href);
      share.classList.add("btn-success");
    }
  });
})();
