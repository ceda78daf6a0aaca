"""Rules of segments: a tree of questions about members, checked, said in words, and compiled to SQL.

`document` reads and checks the tree, `registry` knows the fields it may ask about, `kinds` what can be asked of each and
how, `compiler` makes one statement of it with bound parameters only. `docs/segments.md` tells the whole story.
"""
