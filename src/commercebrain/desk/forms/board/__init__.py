"""The bureau's side of forms: the board, who has not reported, review, rounds, exceptions, burden."""
