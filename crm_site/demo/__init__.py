"""A believable department store chain in Qingdao, made from a fixed seed. Every brand and person is invented."""
