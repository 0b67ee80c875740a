"""The firm's side of forms: what it is asked, answering it, and what it sees afterwards."""
