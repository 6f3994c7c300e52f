. /tmp/games/env.sh
g(){ n=$1; shift; echo "=== $n $*"; L game "$@" run=tiny seeds=5 most_seeds=5 customers.n=60 weeks=30 map=none out=/tmp/games/gh/$n 2>&1 | grep -v "^loyaltysim:"; }
g zh programs=[none,tiers,coupon] market=cafe firms=2 lang=zh
g bad programs=[none,tires,coupn] market=cafe firms=9 afer=3 most_seeds=0
g bad2 programs=[none] market=cafee players=[a,z] after=400 map=clubb
g bad3 programs=[none,points market=grocery
g bad4 programs=[none,none,points_1] market=grocery firms=2 program.points.cost=x
